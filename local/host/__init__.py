"""A functions host: what stands in front of the Python worker in Azure, as far as this product leans on it."""
