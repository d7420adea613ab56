"""psycopg, asynchronous: twenty connections at once, each of its own person."""

import asyncio

import psycopg

from clients import ALICE, CASEY, RAW, SASHA, same

QUERY = "SELECT id, email FROM app.users ORDER BY id"


async def read(dsn, times):
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        results = []
        for _ in range(times):
            cursor = await connection.execute(QUERY)
            results.append(await cursor.fetchall())
        return results


async def main():
    async with await psycopg.AsyncConnection.connect(RAW) as raw:
        clear = await (await raw.execute(QUERY)).fetchall()
        homes = dict(await (await raw.execute("SELECT id, country FROM app.users")).fetchall())
    known = {"AU", "BR", "CA", "CN", "DE", "ES", "FR", "GB", "ID", "IN", "IT", "JP", "KR", "MX", "NL", "PL", "SE", "SG", "VN"}
    people = [ALICE, SASHA, CASEY, SASHA, ALICE] * 4
    results = await asyncio.gather(*[read(person, 10) for person in people])
    for person, result in zip(people, results):
        for rows in result:
            if person == ALICE:
                same(rows, clear)
            elif person == CASEY:
                same([row[0] for row in rows], [key for key, _ in clear if homes[key] in known])
            else:
                same(len(rows), len(clear))
                for (key, seen), (_, value) in zip(rows, clear):
                    same(seen == value, homes[key] == "SG")


asyncio.run(main())
print("ok")
