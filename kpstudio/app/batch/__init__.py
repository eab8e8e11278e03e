"""The same thing done with many files, side by side on Dask, and never twice."""
