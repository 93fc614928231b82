"""Does to a cache what it is asked, with huggingface_hub, and prints one JSON answer for each step."""

import json
import os
import sys
import time

from file_digests import files_below, sha256
from filelock import FileLock, Timeout
from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download


def download(repo, path, revision=None):
    return sha256(hf_hub_download(repo, path, revision=revision))


def snapshot(repo, revision=None):
    return files_below(snapshot_download(repo, revision=revision))


def scan():
    cache = scan_cache_dir()
    return {
        "warnings": [str(warning) for warning in cache.warnings],
        "incomplete": [str(file.file_path) for file in getattr(cache, "incomplete_files", [])],
        "size": cache.size_on_disk,
        "repos": {
            repo.repo_id: {
                "size": repo.size_on_disk,
                "revisions": {
                    revision.commit_hash: {
                        "refs": sorted(revision.refs),
                        "files": sorted(str(file.file_path) for file in revision.files),
                    }
                    for revision in repo.revisions
                },
            }
            for repo in cache.repos
        },
    }


def prune():
    """What `hf cache prune` does: detached revisions and unfinished downloads go."""
    cache = scan_cache_dir()
    for file in getattr(cache, "incomplete_files", []):
        file.file_path.unlink()
    detached = [rev.commit_hash for repo in cache.repos for rev in repo.revisions if not rev.refs]
    cache.delete_revisions(*detached).execute()
    return len(detached)


def remove(repo):
    cache = scan_cache_dir()
    commits = [rev.commit_hash for each in cache.repos if each.repo_id == repo for rev in each.revisions]
    cache.delete_revisions(*commits).execute()
    return len(commits)


def share(blob, xet_hash):
    """Puts a blob into the shared store, as a download with hf_xet does."""
    from huggingface_hub import constants
    from huggingface_hub.utils import _shared_blobs

    cache = constants.HF_HUB_CACHE
    path = os.path.join(cache, blob)
    return _shared_blobs.publish_blob_to_shared_store(
        blob_path=path,
        xet_hash=xet_hash,
        cache_dir=cache,
        expected_size=os.path.getsize(path),
        replace_existing=False,
    )


def hold(lock, seconds):
    os.makedirs(os.path.dirname(lock), exist_ok=True)
    with FileLock(lock, mode=0o664):
        print("locked", file=sys.stderr, flush=True)
        time.sleep(seconds)
    return True


def is_locked(lock):
    try:
        with FileLock(lock, timeout=0, mode=0o664):
            return False
    except Timeout:
        return True


STEPS = [download, snapshot, scan, prune, remove, share, hold, is_locked]
NAMES = {step.__name__: step for step in STEPS}
answers = []
for name, *args in json.load(sys.stdin):
    try:
        answers.append(NAMES[name](*args))
    except Exception as error:
        answers.append({"error": type(error).__name__, "message": str(error)})
json.dump(answers, sys.stdout)
