"""Networks, their losses and their files. Torch lives here; `catalogue` alone works without it."""
