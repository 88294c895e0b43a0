"""What holds for all tests, wherever they are started."""

import signal

# A shell that starts the tests in its background hands down that Ctrl-C is ignored; tests of what Ctrl-C does need it heard.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
