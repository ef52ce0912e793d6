"""The file to answers: queries, checks, exports."""
