"""Azure's resource types: what may stand in each, distilled into azure.json."""
