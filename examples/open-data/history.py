"""All closed days of all lines, with Python alone. Usage: python3 history.py https://lines.water.example

With pandas it is one call: pandas.read_csv(base + "/data/all.csv.gz", parse_dates=["date"])
"""

import csv, gzip, io, sys, urllib.request

with urllib.request.urlopen(sys.argv[1] + "/data/all.csv.gz") as answer:
    rows = list(csv.DictReader(io.TextIOWrapper(gzip.open(answer), encoding="utf-8")))

days = [row for row in rows if row["line"] == "*" and row["measure"] == "attempts"]
print(f"{days[-1]['date']}: {days[-1]['value']} contacts")
