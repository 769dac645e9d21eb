# strings: 1e5 pieces appended to lines of 100, the lines joined to a text.
def run(n):
    lines = []
    line = ""
    i = 0
    while i < n:
        line = f"{line}k{i},"
        i += 1
        if i % 100 == 0:
            lines.append(line)
            line = ""
    return "\n".join(lines)


text = run(100000)
print(len(text), text[-7:])
