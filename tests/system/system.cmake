# System tests that span programs; each is a Python file here.
