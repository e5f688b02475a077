"""What a client asks for when its environment says `databricks`."""
