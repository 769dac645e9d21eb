# methods: 1e6 calls of a method that reads and writes a field.
class Counter:
    def __init__(self, start):
        self.total = start

    def add(self, n):
        self.total = self.total + n
        return self.total

    def value(self):
        return self.total


def run(n):
    counter = Counter(0)
    i = 0
    while i < n:
        counter.add(i)
        i += 1
    return counter.value()


print(run(1000000))
