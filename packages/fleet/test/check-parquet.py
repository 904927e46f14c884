# Reads the Parquet of `audiozoo tag` by DuckDB and by pandas, which must agree with each other, and with lines of JSON and .npy of the
# same job. Run by hand, with what PyPI has: pip install duckdb pandas pyarrow numpy
#
#   audiozoo tag CLIPS --model M --out lines --embed float32
#   audiozoo tag CLIPS --model M --out tables --embed float32 --format parquet
#   python packages/fleet/test/check-parquet.py tables lines

import glob
import json
import sys

import duckdb
import numpy
import pandas

tables, lines = sys.argv[1:]
by_duckdb = duckdb.sql(f"SELECT * FROM '{tables}/shards/*.parquet' ORDER BY id").df()
by_pandas = pandas.read_parquet(f"{tables}/shards").sort_values("id", ignore_index=True)

rows, vectors = [], []
for path in glob.glob(f"{lines}/shards/*.jsonl"):
    rows += [json.loads(line) for line in open(path)]
    vectors.append(numpy.load(path.replace(".jsonl", ".npy")))
vectors = numpy.concatenate(vectors).astype("float32")
order = sorted(range(len(rows)), key=lambda place: rows[place]["id"])

assert len(rows) == len(by_duckdb) == len(by_pandas), "as many lines"
for name, table in [("DuckDB", by_duckdb), ("pandas", by_pandas)]:
    for place, (_, row) in zip(order, table.iterrows()):
        told = rows[place]
        assert row["id"] == told["id"] and row["source"] == told["source"], (name, told["id"])
        if "error" in told:
            assert row["error"] == told["error"] and row["code"] == told["code"], (name, told["id"])
            continue
        assert row["seconds"] == told["seconds"], (name, told["id"])
        assert [dict(label) for label in row["labels"]] == told["labels"], (name, told["id"])
        assert numpy.array_equal(numpy.asarray(row["embedding"], "float32"), vectors[place]), (name, told["id"])
failed = sum("error" in row for row in rows)
print(f"{len(rows)} lines, {failed} of them failures, embeddings of {vectors.shape[1]}: DuckDB {duckdb.__version__} and")
print(f"pandas {pandas.__version__} read what the lines of JSON and .npy say.")
best = f"""SELECT label, count(*) AS clips FROM
  (SELECT unnest(labels, recursive := true) FROM '{tables}/shards/*.parquet') WHERE score > 0.5 GROUP BY label ORDER BY clips DESC LIMIT 3"""
print(duckdb.sql(best))
