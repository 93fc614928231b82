"""Fetches from a served Hub with huggingface_hub and prints one JSON document of what came of each call."""

import json
import sys

from file_digests import files_below, sha256
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.utils import HfHubHTTPError

question = json.load(sys.stdin)
repo, token, gated = question["repo"], question["token"], question["gated"]
api = HfApi()


def error_of(call):
    try:
        call()
    except HfHubHTTPError as error:
        return type(error).__name__, error.response.status_code
    except Exception as error:
        return type(error).__name__, str(error)
    return "none", 0


def entry(item):
    lfs = getattr(item, "lfs", None)
    return {
        "path": item.path,
        "size": getattr(item, "size", None),
        "sha256": lfs.sha256 if lfs else None,
        "commit": item.last_commit.oid if getattr(item, "last_commit", None) else None,
    }


info = api.model_info(repo, files_metadata=True)
refs = api.list_repo_refs(repo, include_pull_requests=True)
who = api.whoami(token=token)
answer = {
    "files": {path: sha256(hf_hub_download(repo, path)) for path in question["paths"]},
    "snapshot": files_below(snapshot_download(repo)),
    "tagged": files_below(snapshot_download(repo, revision="v1")),
    "pullRequest": files_below(snapshot_download(repo, revision="refs/pr/1")),
    "localDir": files_below(snapshot_download(repo, local_dir=question["localDir"])),
    "info": {
        "sha": info.sha,
        "siblings": [
            {"path": file.rfilename, "size": file.size, "sha256": file.lfs.sha256 if file.lfs else None}
            for file in info.siblings
        ],
    },
    "tree": [entry(item) for item in api.list_repo_tree(repo, recursive=True)],
    "expandedTree": [entry(item) for item in api.list_repo_tree(repo, recursive=True, expand=True)],
    "pathsInfo": [entry(item) for item in api.get_paths_info(repo, [*question["paths"], "absent.txt"])],
    "refs": {
        "branches": {ref.name: ref.target_commit for ref in refs.branches},
        "tags": {ref.name: ref.target_commit for ref in refs.tags},
        "pullRequests": {ref.name: ref.target_commit for ref in refs.pull_requests},
    },
    "models": [model.id for model in api.list_models(search=question["search"], filter="gguf", sort="downloads")],
    "whoami": {"name": who["name"], "orgs": [org["name"] for org in who["orgs"]]},
    "renamed": sha256(hf_hub_download(question["formerName"], question["paths"][0])),
    "gatedWithToken": sha256(hf_hub_download(gated, question["gatedPath"], token=token)),
    "gatedCard": sha256(hf_hub_download(gated, "README.md", token=False)),
    "authCheck": error_of(lambda: api.auth_check(gated, token=token)),
    "errors": {
        "gatedAnonymous": error_of(lambda: api.auth_check(gated, token=False)),
        "gatedDownload": error_of(
            lambda: hf_hub_download(gated, question["gatedPath"], token=False, cache_dir=question["emptyDir"])
        ),
        "missingRepo": error_of(lambda: api.model_info("acme/none", token=token)),
        "missingRepoAnonymous": error_of(lambda: api.model_info("acme/none", token=False)),
        "missingRevision": error_of(lambda: api.model_info(repo, revision="none")),
        "missingFile": error_of(lambda: hf_hub_download(repo, "absent.txt")),
        "badToken": error_of(lambda: api.model_info(repo, token="hf_" + "x" * 34)),
    },
}
json.dump(answer, sys.stdout)
