# array: 1e6 elements pushed, read by index, iterated.
def run(n):
    xs = []
    i = 0
    while i < n:
        xs.append(i * 2)
        i += 1
    sum = 0
    i = 0
    while i < n:
        sum += xs[i]
        i += 1
    for x in xs:
        sum += x
    return sum


print(run(1000000))
