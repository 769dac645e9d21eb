# start: what a process costs that does nothing.
print("ready")
