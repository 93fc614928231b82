"""What scripts say of files on the disk: their SHA-256."""

import hashlib
import os


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def files_below(folder):
    """By path with slashes; what the client keeps for itself in a local folder is left out."""
    found = {}
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".cache"]
        for name in names:
            path = os.path.join(root, name)
            found[os.path.relpath(path, folder).replace(os.sep, "/")] = sha256(path)
    return found
