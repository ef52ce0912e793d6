"""What the resources of an estate look like: pure functions of indexes, in the words of the API."""
