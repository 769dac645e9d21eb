-- array: 1e6 elements pushed, read by index, iterated.
local function run(n)
  local xs = {}
  local i = 0
  while i < n do
    xs[#xs + 1] = i * 2
    i = i + 1
  end
  local sum = 0
  i = 1
  while i <= n do
    sum = sum + xs[i]
    i = i + 1
  end
  for _, x in ipairs(xs) do
    sum = sum + x
  end
  return sum
end

print(run(1000000))
