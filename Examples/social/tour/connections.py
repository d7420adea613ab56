"""Prints what programs need to connect to a running demonstration, as JSON. Takes it from the environment."""

import json
import os
import re

here = os.environ
files = os.path.join(here["DEMO_FOLDER"], "gateway")


def person_dsn(name):
    return (
        f"host=localhost port={here['GATEWAY_PORT']} dbname=social user={name} sslmode=verify-full "
        f"sslrootcert={files}/tls/authority.crt sslcert={files}/people/{name}.crt sslkey={files}/people/{name}.key"
    )


with open(here["DIRECTORY"]) as file:
    people, _ = file.read().split("\nservices:")
people = [
    {
        "name": name,
        "dsn": person_dsn(name),
        "location": re.search(r"location: (\w+)", body).group(1),
        "covered": re.search(r"covered: (\w+)", body).group(1) == "true",
        "team": (re.search(r"teams: \[(.*)\]", body).group(1).split(", ")[0]) or None,
    }
    for name, body in re.findall(r"- name: (\S+)(.*?)(?=\n  - name:|\Z)", people, re.S)
]
print(
    json.dumps(
        {
            "gateway": {"host": "localhost", "port": int(here["GATEWAY_PORT"])},
            "people": people,
            "services": [{"name": "feed-api", "dsn": here["FEED_API_DSN"]}],
            "database": {"dsn": here["SERVER_DSN"], "adminDsn": here["ADMIN_DSN"]},
            "ledger": here["LEDGER"],
            "logKey": here["LOG_KEY"].strip(),
            "binary": here["BINARY"],
        },
        indent=2,
    )
)
