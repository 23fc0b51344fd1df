"""What the cases about many runs stand on: a store and a Dataverse full of them, and whoever follows them there."""
