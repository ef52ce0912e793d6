"""How one API call is made."""
