"""``index.json`` of a place elsewhere: the versions there, as the index beside the local releases has them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from goldpress.dataset.form.manifest import decode_manifest
from goldpress.dataset.form.versions import parse_version


def merge_index(old: bytes | None, fresh: Mapping[str, bytes]) -> bytes:
    """Return an index with the releases of some manifests added.

    Args:
        old: The index that is there; None, or a damaged one, counts as empty.
        fresh: Manifests by version.
    """
    try:
        told: Any = json.loads(old or b"{}")
        versions, withdrawn = dict(told.get("versions", {})), sorted(told.get("withdrawn", []))
    except (ValueError, AttributeError, TypeError):
        versions, withdrawn = {}, []
    for version, raw in fresh.items():
        manifest = decode_manifest(raw, version)
        versions[version] = {
            "content_digest": manifest.content_digest,
            "created": manifest.created,
            "manifest_sha256": hashlib.sha256(raw).hexdigest(),
            "previous": manifest.previous,
        }
    index = {
        "index_version": 1,
        "latest": max(versions, key=parse_version, default=None),
        "versions": versions,
        "withdrawn": withdrawn,
    }
    return (json.dumps(index, indent=2, sort_keys=True) + "\n").encode()
