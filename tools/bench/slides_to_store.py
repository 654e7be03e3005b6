"""Tile store the reference's way, written anew from SPEC section 7.2: OpenSlide regions, Pillow JPEG, pickled into LMDB.

Usage: slides_to_store.py COORDS SLIDES, then a line of input per measurement, as child-measurer.ts expects.
"""

import io
import json
import multiprocessing
import os
import pickle
import shutil
import sys
import tempfile
import time

import h5py
import lmdb
import openslide

WORKERS = 2
CHUNK = 16
COMMIT_EVERY = 5000
QUALITY = 80

opened = {"path": None, "slide": None}


def encode(task):
    """Reads one region and gives its JPEG; a worker keeps the slide that it worked on last."""
    path, x, y, level, size = task
    if opened["path"] != path:
        if opened["slide"] is not None:
            opened["slide"].close()
        opened["path"], opened["slide"] = path, openslide.OpenSlide(path)
    region = opened["slide"].read_region((x, y), level, (size, size)).convert("RGB")
    buffer = io.BytesIO()
    region.save(buffer, format="JPEG", quality=QUALITY)
    return buffer.getvalue()


def pack(pool, coords, slides, store):
    """Writes every slide that has coordinates; returns the number of tiles."""
    environment = lmdb.open(store, subdir=False, map_size=1 << 36, readonly=False, meminit=False, map_async=True)
    keys, counts = [], {}
    transaction = environment.begin(write=True)
    pending = 0
    for name in sorted(os.listdir(os.path.join(coords, "patches"))):
        if not name.endswith(".h5"):
            continue
        slide = name[: -len(".h5")]
        with h5py.File(os.path.join(coords, "patches", name), "r") as file:
            points = file["coords"][:]
            level = int(file["coords"].attrs["patch_level"])
            size = int(file["coords"].attrs["patch_size"])
        path = os.path.join(slides, slide + ".svs")
        tasks = [(path, int(x), int(y), level, size) for x, y in points]
        for index, jpeg in enumerate(pool.imap(encode, tasks, chunksize=CHUNK)):
            key = f"{slide}-{index}".encode("ascii")
            transaction.put(key, pickle.dumps(jpeg))
            keys.append(key)
            pending += 1
            if pending % COMMIT_EVERY == 0:
                transaction.commit()
                transaction = environment.begin(write=True)
        counts[slide] = len(tasks)
        transaction.commit()
        transaction = environment.begin(write=True)
    transaction.put(b"__keys__", pickle.dumps(keys))
    transaction.put(b"__len__", pickle.dumps(len(keys)))
    transaction.put(b"__slide__", pickle.dumps(list(counts)))
    transaction.put(b"__pn__", pickle.dumps(counts))
    transaction.commit()
    environment.sync()
    environment.close()
    return len(keys)


def measure(pool, coords, slides):
    """Tiles a second of packing everything into a new store."""
    folder = tempfile.mkdtemp(prefix="slidestream-bench-peer-")
    start = time.perf_counter()
    tiles = pack(pool, coords, slides, os.path.join(folder, "tiles.lmdb"))
    seconds = time.perf_counter() - start
    shutil.rmtree(folder)
    return tiles / seconds


def main():
    coords, slides = sys.argv[1], sys.argv[2]
    with multiprocessing.Pool(WORKERS) as pool:
        # Both sides pack once before they are measured.
        measure(pool, coords, slides)
        print(json.dumps({"ready": True}), flush=True)
        for _ in sys.stdin:
            print(json.dumps({"perSecond": measure(pool, coords, slides)}), flush=True)


if __name__ == "__main__":
    main()
