-- strings: 1e5 pieces appended to lines of 100, the lines joined to a text.
local function run(n)
  local lines = {}
  local line = ""
  local i = 0
  while i < n do
    line = line .. "k" .. i .. ","
    i = i + 1
    if i % 100 == 0 then
      lines[#lines + 1] = line
      line = ""
    end
  end
  return table.concat(lines, "\n")
end

local text = run(100000)
print(#text .. " " .. string.sub(text, -7, -1))
