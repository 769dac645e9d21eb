-- sort: 1e6 pseudo-random ints made, sorted, checked.
local function made(n)
  local xs = {}
  local seed = 42
  for i = 1, n do
    seed = (seed * 1103515245 + 12345) % 2147483648
    xs[i] = seed
  end
  return xs
end

local xs = made(1000000)
table.sort(xs)
local i = 1
while i < 1000000 and xs[i] <= xs[i + 1] do
  i = i + 1
end
print(i .. " " .. xs[1] .. " " .. xs[#xs])
