#!/bin/bash
# Its last line has no newline.
printf 'a whole line\nand a torn one'
