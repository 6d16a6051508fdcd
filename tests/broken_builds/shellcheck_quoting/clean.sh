#!/bin/sh
folder=$1
rm -r $folder
echo removed $folder
