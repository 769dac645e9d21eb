# while: a loop of 1e7 turns over local variables.
def run(n):
    i = 0
    sum = 0
    while i < n:
        sum += i
        i += 1
    return sum


print(run(10000000))
