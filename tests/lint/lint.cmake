weft_python_test(lint style ${PROJECT_SOURCE_DIR}/tests/lint/style.py)
weft_python_test(lint includes ${PROJECT_SOURCE_DIR}/tests/lint/includes.py)
weft_python_test(lint docs ${PROJECT_SOURCE_DIR}/tests/lint/docs.py)
weft_python_test(lint settings ${PROJECT_SOURCE_DIR}/tests/lint/settings.py)
