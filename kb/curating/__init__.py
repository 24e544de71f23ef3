"""What a librarian does with a knowledge base: sources in and out.

    adding      documents → corpus/ and references.bib
    adopting    files put into corpus/ by hand → entries for them
    importing   another program's references, and their files → the same
    removing    a source taken out, or forgotten to the last byte
    relating    which sources are one work, and a person's word on it
    verifying   does every passage still stand where the index says?
    locating    quoted words → where they stand (folding: what counts as the same words)
    picturing   a passage → a picture of its page

Each works on an open KnowledgeBase and changes people's files only as it is told to.
"""
