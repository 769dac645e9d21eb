-- while: a loop of 1e7 turns over local variables.
local function run(n)
  local i = 0
  local sum = 0
  while i < n do
    sum = sum + i
    i = i + 1
  end
  return sum
end

print(run(10000000))
