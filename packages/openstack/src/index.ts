// The OpenStack adapter is not there yet: see the README beside this folder.
export {}
