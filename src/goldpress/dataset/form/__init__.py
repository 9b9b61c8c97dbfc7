"""What a release consists of: versions, manifest, digests, files."""
