-- map: 1e5 string keys set, looked up, iterated.
local function run(n)
  local m = {}
  local i = 0
  while i < n do
    m["key" .. i] = i
    i = i + 1
  end
  local sum = 0
  i = 0
  while i < n do
    sum = sum + m["key" .. i]
    i = i + 1
  end
  for _, v in pairs(m) do
    sum = sum + v
  end
  return sum
end

print(run(100000))
