# map: 1e5 string keys set, looked up, iterated.
def run(n):
    m = {}
    i = 0
    while i < n:
        m[f"key{i}"] = i
        i += 1
    sum = 0
    i = 0
    while i < n:
        sum += m[f"key{i}"]
        i += 1
    for v in m.values():
        sum += v
    return sum


print(run(100000))
