"""asyncpg: its own wire code, prepared statements and binary everywhere, connection pools, cursors, COPY."""

import asyncio
import ssl

import asyncpg

from clients import ALICE, CASEY, RAW, SASHA, SERVICE, same


def options(dsn):
    words = dict(word.split("=", 1) for word in dsn.split())
    given = dict(
        host=words["host"], port=int(words["port"]), user=words["user"], database=words["dbname"],
        password=words.get("password"),
    )
    if words.get("sslrootcert"):
        context = ssl.create_default_context(cafile=words["sslrootcert"])
        if words.get("sslcert"):
            context.load_cert_chain(words["sslcert"], words["sslkey"])
        given["ssl"] = context
    else:
        given["ssl"] = False
    return given


async def main():
    raw = await asyncpg.connect(**options(RAW))
    clear = [tuple(row) for row in await raw.fetch("SELECT id, email FROM app.users ORDER BY id")]

    alice = await asyncpg.connect(**options(ALICE))
    same([tuple(row) for row in await alice.fetch("SELECT id, email FROM app.users ORDER BY id")], clear)
    statement = await alice.prepare("SELECT email FROM app.users WHERE id = $1")
    same(await statement.fetchval(3), clear[2][1])
    async with alice.transaction():
        rows = [tuple(row) async for row in alice.cursor("SELECT id, email FROM users ORDER BY id", prefetch=9)]
    same(rows, clear)
    await alice.close()

    async with asyncpg.create_pool(**options(SASHA), min_size=4, max_size=8) as pool:
        counts = await asyncio.gather(*[pool.fetchval("SELECT count(*) FROM app.messages") for _ in range(60)])
    same(set(counts), {await raw.fetchval("SELECT count(*) FROM app.messages")})

    casey = await asyncpg.connect(**options(CASEY))
    same(await casey.fetchval("SELECT count(*) FROM users WHERE country = 'US'"), 0)
    try:
        await casey.fetch("SELECT * FROM app.video_feed")
    except asyncpg.PostgresError as error:
        assert error.sqlstate in ("42501", "42P01"), error.sqlstate
    else:
        raise AssertionError("not refused")
    await casey.close()

    service = await asyncpg.connect(**options(SERVICE))
    await service.executemany(
        "INSERT INTO app.messages (author_id, body) VALUES ($1, $2)", [(1 + i % 20, f"many {i}") for i in range(700)])
    await service.copy_records_to_table(
        "messages", schema_name="app", columns=["author_id", "body"],
        records=[(1 + i % 20, f"records {i}") for i in range(3000)])
    same(await raw.fetchval("SELECT count(*) FROM app.messages WHERE body ~ '^(many|records) '"), 3700)
    try:
        await service.fetch("SELECT pg_sleep(30)", timeout=0.5)
    except asyncio.TimeoutError:
        pass
    same(await service.fetchval("SELECT 1"), 1)
    await service.close()
    await raw.close()


asyncio.run(main())
print("ok")
