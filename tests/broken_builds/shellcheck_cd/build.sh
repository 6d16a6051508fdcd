#!/bin/bash
cd src
make all
