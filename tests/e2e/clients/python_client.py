"""Does with huggingface_hub what people do with it, and prints one JSON document of what came of each call."""

import hashlib
import json
import os
import sys

import huggingface_hub
from huggingface_hub import HfApi, HfFileSystem, get_hf_file_metadata, hf_hub_download, hf_hub_url, snapshot_download

# In the folder above.
sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from file_digests import files_below, sha256  # noqa: E402

question = json.load(sys.stdin)
repo, token, gated = question["repo"], question["token"], question["gated"]
large, small, empty, odd = question["large"], question["small"], question["empty"], question["odd"]
api = HfApi()
answers = {}


def patiently(call):
    """A connection that is reset ends the call; people then call again, and it goes on where it was."""
    for left in reversed(range(question["attempts"])):
        try:
            return call()
        except Exception:
            if left == 0:
                raise


def attempt(name, call):
    try:
        answers[name] = {"value": call()}
    except Exception as error:
        response = getattr(error, "response", None)
        answers[name] = {
            "error": type(error).__name__,
            "message": str(error),
            "status": getattr(response, "status_code", None),
        }


def facts_of(files):
    return {
        getattr(file, "path", None) or file.rfilename: [file.size, file.lfs.sha256 if file.lfs else None]
        for file in files
        if hasattr(file, "size")
    }


def refs():
    found = api.list_repo_refs(repo, include_pull_requests=True)
    return {ref.ref: ref.target_commit for ref in [*found.branches, *found.tags, *found.pull_requests]}


def info():
    found = api.model_info(repo, files_metadata=True)
    return {"sha": found.sha, "files": facts_of(found.siblings)}


def metadata():
    found = get_hf_file_metadata(hf_hub_url(repo, large))
    return [found.size, found.etag, found.commit_hash]


def part():
    with HfFileSystem().open(f"{repo}/{large}", "rb") as file:
        file.seek(1_000_000)
        return hashlib.sha256(file.read(500_000)).hexdigest()


def fetch(*args, **options):
    return lambda: sha256(hf_hub_download(*args, **options))


def transfers():
    local = question["localDir"]
    attempt("hf_hub_download, large", lambda: patiently(fetch(repo, large)))
    attempt("snapshot_download", lambda: patiently(lambda: files_below(snapshot_download(repo))))
    attempt(
        "snapshot_download, local_dir",
        lambda: patiently(lambda: files_below(snapshot_download(repo, local_dir=local))),
    )


def single_files():
    attempt("hf_hub_download, small", fetch(repo, small))
    attempt("hf_hub_download, empty", fetch(repo, empty))
    attempt("hf_hub_download, odd names", lambda: [sha256(hf_hub_download(repo, path)) for path in odd])
    attempt("hf_hub_download, by commit", fetch(repo, small, revision=question["commit"]))
    attempt("hf_hub_download, local_dir", fetch(repo, small, local_dir=question["localFile"]))
    attempt("hf_hub_download, force_download", fetch(repo, small, force_download=True))
    attempt("HfFileSystem, a part", part)
    attempt(
        "get_safetensors_metadata",
        lambda: sorted(api.get_safetensors_metadata(question["safetensors"]).parameter_count.items()),
    )


def questions():
    attempt("get_hf_file_metadata", metadata)
    attempt("model_info", info)
    attempt("list_repo_tree", lambda: facts_of(api.list_repo_tree(repo, recursive=True)))
    attempt("list_repo_tree, expand", lambda: facts_of(api.list_repo_tree(repo, recursive=True, expand=True)))
    attempt("get_paths_info", lambda: facts_of(api.get_paths_info(repo, [small, *odd, "absent.txt"])))
    attempt("list_repo_files", lambda: sorted(api.list_repo_files(repo)))
    attempt("list_repo_refs", refs)
    attempt("list_models", lambda: [model.id for model in api.list_models(search=question["search"])])
    attempt("file_exists", lambda: [api.file_exists(repo, small), api.file_exists(repo, "absent.txt")])
    attempt("whoami", lambda: api.whoami(token=token)["name"])


def rights():
    elsewhere = question["otherCache"]
    attempt("auth_check, granted", lambda: api.auth_check(gated, token=token))
    attempt("auth_check, anonymous", lambda: api.auth_check(gated, token=False))
    attempt("gated file, with a token", fetch(gated, question["gatedPath"], token=token))
    attempt("gated file, without", fetch(gated, question["gatedPath"], token=False, cache_dir=elsewhere))
    attempt("public file, with a token", fetch(repo, small, token=token, cache_dir=elsewhere))
    attempt("missing file", fetch(repo, "absent.txt"))
    attempt("missing revision", lambda: api.model_info(repo, revision="absent"))
    attempt("missing model", lambda: api.model_info("clients/absent", token=token))


def offline():
    huggingface_hub.constants.HF_HUB_OFFLINE = True
    attempt("offline afterwards", lambda: files_below(snapshot_download(repo)))
    attempt("scan_cache_dir", lambda: [str(warning) for warning in huggingface_hub.scan_cache_dir().warnings])


transfers()
if not question["onlyTransfers"]:
    single_files()
    questions()
    rights()
    if question["others"]:
        attempt("snapshot_download, other revisions", lambda: [
            files_below(snapshot_download(repo, revision=revision)) for revision in question["others"]
        ])
offline()
json.dump(answers, sys.stdout)
