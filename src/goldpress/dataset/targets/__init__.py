"""Where a release is sent: another folder, an object store, the Hugging Face Hub, a draft on Zenodo."""
