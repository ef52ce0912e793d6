"""The IAM policy language: documents, who and what they match, and the decision about one request.

Pure: nothing here reads a file, talks to AWS or knows of the rest of the package.
"""
