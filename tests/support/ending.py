"""Tests that are told to end: importing this makes SIGTERM (from timeout, or
ctest) end a test as a failure does, so that what it started is ended too.

etcd.py and sandbox.py import it, and what starts processes without them.
"""
import signal
import sys
import threading


def _end(*_):
    # unittest takes the exit for a failed test and would go on.
    signals = sys.modules.get('unittest.signals')
    for result in getattr(signals, '_results', ()):
        result.stop()
    sys.exit(143)


if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGTERM, _end)
