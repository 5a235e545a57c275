"""The pages of batches: uploaded files and their records."""
