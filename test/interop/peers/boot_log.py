"""A pseudo-terminal with a board behind it that is no controller: it prints its boot log when it is first written to,
and then nothing.

    boot_log.py LINK
"""

import os
import sys
import tty

import common

TEXT = b'*** Booting Zephyr OS build v3.7.0 ***\r\nsensor sample started\r\ntemperature: 21.5 C\r\n'


def main():
    primary, replica = os.openpty()
    tty.setraw(replica)
    os.symlink(os.ttyname(replica), sys.argv[1])
    common.say('ready')
    os.read(primary, 4096)
    os.write(primary, TEXT)
    while os.read(primary, 4096):
        pass


main()
