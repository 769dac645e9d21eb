-- methods: 1e6 calls of a method that reads and writes a field.
local Counter = {}
Counter.__index = Counter

function Counter.new(start)
  return setmetatable({ total = start }, Counter)
end

function Counter:add(n)
  self.total = self.total + n
  return self.total
end

function Counter:value()
  return self.total
end

local function run(n)
  local counter = Counter.new(0)
  local i = 0
  while i < n do
    counter:add(i)
    i = i + 1
  end
  return counter:value()
end

print(run(1000000))
