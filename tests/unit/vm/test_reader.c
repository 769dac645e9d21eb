/*
 * test_reader.c - what text becomes which forms, and which error at which
 * place.
 */
#include "reader_check.h"

/* ---- tokens ---- */

static void tokens(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"", ""},
      {" \t\r\n,", ""},
      {"[1, 2,,3]", "[1 2 3]"},
      {"[1[2]3\"x\"]", "[1 [2] 3 \"x\"]"},
      {"a#b a'", "a#b a'"},
      {"-5 - 5 -x (5 -1)", "-5 - 5 -x (5 -1)"},
      {"println[4]\"five\"6", "println [4] \"five\" 6"},
      {"\xef\xbb\xbf(a)", "(a)"},
      {"#! first\na", "a"},
      {"# c\n#c\n##c\n#\na#", "a#"},
      {"#", ""},
      {"#r a\nb", "b"},
      {"a ; c (\nb", "a b"},
      {"[a ; c (\nb]", "[a b]"},
      {"{^a ; c (\nb}", "{a b}"},
      {"(x [a ; c\n] b)", "(x [a] b)"},
      {"#< a #< b ># c ># d", "d"},
      {"[1 #< x >#2]", "[1 2]"},
      {"a%b (5 % 3) %= (% 1) %", "a U:b (5 % 3) %= (% 1) %"},
      {"[%]{^a %}", "[%] {a %}"},
      {"nil void true false _", "nil void true false _"},
      {"nila \\nil tru", "nila nil tru"},
      {"(nil) ()", "(nil) (nil)"},
  };
  expect_all(pairs, COUNT(pairs));
}

static void integers(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"0 7 -7 +7 007", "0 7 -7 7 7"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"4611686018427387904 -4611686018427387905",
       "4611686018427387904 -4611686018427387905"},
      {"0x10 0xff 0XaB -0xff", "16 255 171 -255"},
      {"0xFFFFFFFFFFFFFFFF -0xFFFFFFFFFFFFFFFF", "-1 1"},
      {"0x8000000000000000", "-9223372036854775808"},
      {"0b1010 0o17 1_000_000 0b1111_0000 0xff_ff", "10 15 1000000 240 65535"},
      {"0001_2", "12"},
  };
  expect_all(pairs, COUNT(pairs));
}

static void floats(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"2.5 -0.25 3. 1e3 1.5e-3 2E2", "2.5 -0.25 3.0 1000.0 0.0015 200.0"},
      {".5", ".5"},
      {"1e15 -1e21 2.5e30", "1000000000000000.0 -1e+21 2.5e+30"},
      {"1e999 -1e999 1e-999", "inf -inf 0.0"},
      {"1_0.2_5 1e1_0 -0.0", "10.25 10000000000.0 -0.0"},
      {"5.e2", "500.0"},
  };
  expect_all(pairs, COUNT(pairs));
}

static void bad_numbers(void **state) {
  (void)state;
  static const failure failures[] = {
      {"9223372036854775808", "Integer literal out of range", 1, 1},
      {" -9223372036854775809", "Integer literal out of range", 1, 2},
      {"99999999999999999999999", "Integer literal out of range", 1, 1},
      {"0x10000000000000000", "Integer literal out of range", 1, 1},
      {"0x", "Invalid number: 0x", 1, 1},
      {"0xg", "Invalid number: 0xg", 1, 1},
      {"0b2", "Invalid number: 0b2", 1, 1},
      {"\n 5m", "Invalid number: 5m", 2, 2},
      {"1abc", "Invalid number: 1abc", 1, 1},
      {"1/2", "Invalid number: 1/2", 1, 1},
      {"1e", "Invalid number: 1e", 1, 1},
      {"1e+", "Invalid number: 1e+", 1, 1},
      {"1__0", "Invalid number: 1__0", 1, 1},
      {"1_", "Invalid number: 1_", 1, 1},
      {"1._5", "Invalid number: 1._5", 1, 1},
      {"1..3", "Invalid number: 1..3", 1, 1},
      {"1'a'", "Invalid number: 1'a'", 1, 1},
      {"0b12", "Invalid number: 0b12", 1, 1},
      {"+1-1", "Invalid number: +1-1", 1, 1},
  };
  expect_errors(failures, COUNT(failures));
}

/* ---- text ---- */

static void strings(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"\"\" \"a\"", "\"\" \"a\""},
      {"\"a\nb\"", "\"a\nb\""},
      {"\"\\n\\t\\r\\b\\f\\\"\\\\\\#\\/\\q\"", "\"\n\t\r\b\f\"\\#/q\""},
      {"\"\\u0048\\u0069 \\u00fc \\ud83d\\ude80\"",
       "\"Hi \xc3\xbc \xf0\x9f\x9a\x80\""},
      {"\"\\u{1F600}\\u{41}\"", "\"\xf0\x9f\x98\x80"
                                "A\""},
      {"\"\xc3\xa9\\\xc3\xa9\"", "\"\xc3\xa9\xc3\xa9\""},
      {"\"#{x} #\"", "\"#{x} #\""},
      {"\"\"\"say \"hi\" now\"\"\"", "\"say \"hi\" now\""},
      {"\"\"\"two \"\" inside\"\"\"", "\"two \"\" inside\""},
      {"\"\"\"\"\"\"", "\"\""},
      {"\"\"\"\n  <p>\n  \"\"\"", "\"\n  <p>\n\""},
      {"\"\"\" \n \n a \n b\t\n\t\"\"\"", "\"\n a \n b\t\n\t\""},
      {"\"\"\"\\n  a\\n  \"\"\"", "\"\n  a\n\""},
      {"\"\"\"  a  \"\"\"", "\"  a  \""},
      {"\"\"\"\n \n\"\"\"", "\"\n\""},
      {"#r\"C:\\new#{x}\" #r\"\"", "\"C:\\new#{x}\" \"\""},
      {"'a' ' ' '#' '\"' '\\\\' '\\'' '\\n' '\\q'",
       "'a' ' ' '#' '\"' '\\' ''' '\n' 'q'"},
      {"'\xc3\xa9' '\\u00e9' '\\u{e9}' '\\ud83d\\ude80'",
       "'\xc3\xa9' '\xc3\xa9' '\xc3\xa9' '\xf0\x9f\x9a\x80'"},
  };
  expect_all(pairs, COUNT(pairs));
}

static void bad_text(void **state) {
  (void)state;
  static const failure failures[] = {
      {"(a \"open", "EOF while reading string", 1, 4},
      {"\"\"\"a\"\"", "EOF while reading string", 1, 1},
      {"\"a\\", "EOF while reading string", 1, 1},
      {"#r\"a", "EOF while reading string", 1, 1},
      {"\n\"ab\\u12\"", "Invalid \\u escape", 2, 4},
      {"\"\\u12", "Invalid \\u escape", 1, 2},
      {"\"\\ud83d\"", "Invalid \\u escape", 1, 2},
      {"\"\\ud83dx\\ude80\"", "Invalid \\u escape", 1, 2},
      {"\"\\ude80\"", "Invalid \\u escape", 1, 2},
      {"\"\\u{}\"", "Invalid \\u escape", 1, 2},
      {"\"\\u{110000}\"", "Invalid \\u escape", 1, 2},
      {"\"\\u{0000041}\"", "Invalid \\u escape", 1, 2},
      {"\"\\u{d800}\"", "Invalid \\u escape", 1, 2},
      {"\"\\u{41\"", "Invalid \\u escape", 1, 2},
      {"'ab'", "Expected closing ' in character literal", 1, 1},
      {"''", "Expected closing ' in character literal", 1, 1},
      {"'", "Expected closing ' in character literal", 1, 1},
      {"'a", "Expected closing ' in character literal", 1, 1},
      {"'\\", "Expected closing ' in character literal", 1, 1},
      {"'\\n", "Expected closing ' in character literal", 1, 1},
  };
  expect_errors(failures, COUNT(failures));
}

static void interpolation(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"#\"\" #\"plain\" #\"\"\"p\"\"\"", "\"\" \"plain\" \"p\""},
      {"#\"#{a}\"", "(#Str a)"},
      {"#\"x#{a}y\"", "(#Str \"x\" a \"y\")"},
      {"#\"#(1 + 2)#[a b]\"", "(#Str (1 + 2) [a b])"},
      {"#\"#{2 * 3}\"", "(#Str (2 * 3))"},
      {"#\"#{f ^k 1 2}\"", "(#Str (f {k 1} 2))"},
      {"#\"[#{}]\"", "(#Str \"[\" \"]\")"},
      {"#\"#{}\"", "(#Str)"},
      {"#\"#{^k v}#{ ^a 1}\"", "(#Str {k v} {a 1})"},
      {"#\"#{{^k v}}\"", "(#Str {k v})"},
      {"#\"#{{{1 2}}}\"", "(#Str (#HashMap 1 2))"},
      {"#\"a#<gone \" #< x ># >#b\"", "\"ab\""},
      {"#\"# #x #\"", "\"# #x #\""},
      {"#\"\\#{a} ##{b}\"", "(#Str \"#{a} #\" b)"},
      {"#\"i #{#\"<#{x}>\"} d\"", "(#Str \"i \" (#Str \"<\" x \">\") \" d\")"},
      {"#\"#{\"a}\"}\"", "(#Str \"a}\")"},
      {"#\"#{a ; c }\n}\"", "(#Str a)"},
      {"#\"#(f a; b)\"", "(#Str ((f a) b))"},
      {"#\"#{f ...}\"", "(#Str (f ...))"},
      {"#\"\"\"\n  a \"#{x}\"\n  \"\"\"", "(#Str \"\n  a \"\" x \"\"\n\")"},
      {"#\"\"\"\n  #{x}\n  y\n  #{z}\n \"\"\"",
       "(#Str \"\n  \" x \"\n  y\n  \" z \"\n\")"},
      {"#\"\"\"#{x}\n\n\"\"\"", "(#Str x \"\n\")"},
      {"`#\"a#{b}\"", "Q:(#Str \"a\" b)"},
  };
  static const failure failures[] = {
      {"#\"abc", "EOF while reading string", 1, 1},
      {"(f #\"a#{b} c", "EOF while reading string", 1, 4},
      {"#\"a#{b", "EOF while reading interpolation", 1, 4},
      {"#\"a#(b", "EOF while reading list", 1, 4},
      {"#\"a#[b", "EOF while reading list", 1, 4},
      {"#\"a#<b", "EOF while reading comment", 1, 4},
      {"#\"a#{b)", "Unmatched delimiter: )", 1, 7},
      {"#\"a#{b\"", "EOF while reading string", 1, 7},
  };
  expect_all(pairs, COUNT(pairs));
  expect_errors(failures, COUNT(failures));
}

/* ---- dates, bytes, regexes ---- */

static void dates(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"2024-02-29 1000-01-01 9999-12-31",
       "|2024-02-29| |1000-01-01| |9999-12-31|"},
      {"10:05 9:07 07:08:09.25 08:30:00", "|10:05| |09:07| |07:08:09.25| "
                                          "|08:30|"},
      {"23:59[Europe/Paris] 08:30-03:30 08:30+00:00",
       "|23:59:00[Europe/Paris]| |08:30:00-03:30| |08:30:00Z|"},
      {"2031-04-09T08:30:05.250 2031-04-09T08:30Z",
       "|2031-04-09T08:30:05.25| |2031-04-09T08:30:00Z|"},
      {"2031-02-09T04:05:06+05:45[Asia/Kathmandu]",
       "|2031-02-09T04:05:06+05:45[Asia/Kathmandu]|"},
      {"[2031-01-01]", "[|2031-01-01|]"},
      {"00:00:00.000001", "|00:00:00.000001|"},
  };
  static const failure failures[] = {
      {" 2024-13-01", "Invalid month: 13", 1, 2},
      {"2024-02-30", "Invalid day: 30", 1, 1},
      {"2023-02-29", "Invalid day: 29", 1, 1},
      {"2024-01-00", "Invalid day: 0", 1, 1},
      {"0999-01-01", "Invalid year: 999", 1, 1},
      {"25:00", "Invalid hour: 25", 1, 1},
      {"10:60", "Invalid minute: 60", 1, 1},
      {"10:10:60", "Invalid second: 60", 1, 1},
      {"10:5", "Invalid time: 10:5", 1, 1},
      {"10:05:", "Invalid time: 10:05:", 1, 1},
      {"2024-1-05", "Invalid date: 2024-1-05", 1, 1},
      {"2024-01", "Invalid date: 2024-01", 1, 1},
      {"2024-01-01T", "Invalid time: 2024-01-01T", 1, 1},
      {"2024-01-01x", "Invalid date or time: 2024-01-01x", 1, 1},
      {"10:05:06.1234567", "Invalid fraction of a second: 10:05:06.1234567", 1,
       1},
      {"10:05+24:00", "Invalid offset: 10:05+24:00", 1, 1},
      {"10:05+2:00", "Invalid offset: 10:05+2:00", 1, 1},
      {"10:05[]", "Invalid time zone: 10:05", 1, 1},
      {"10:05[Europe/Paris", "Invalid time zone: 10:05", 1, 1},
      {"2031-01-01T10:00[Europe/Paris]",
       "A time zone needs an offset or Z before it: 2031-01-01T10:00", 1, 1},
  };
  expect_all(pairs, COUNT(pairs));
  expect_errors(failures, COUNT(failures));
}

static void bytes(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"0#a0ff 0#A0fF 0#ab~cd 0#ab~\n cd", "b:a0ff b:a0ff b:abcd b:abcd"},
      {"0#a 0#abc 0!101 0!11110000 0!1111~0000 0!000011110",
       "b:0a b:ab0c b:05 b:f0 b:f0 b:0f00"},
      {"0*AQID 0*SGk= 0*SGk 0*SA== 0*+/+/", "b:010203 b:4869 b:4869 b:48 "
                                            "b:fbffbf"},
      {"[0#a0]", "[b:a0]"},
  };
  static const failure failures[] = {
      {"0#", "Invalid bytes literal: 0#", 1, 1},
      {"0#~", "Invalid bytes literal: 0#~", 1, 1},
      {"0!", "Invalid bytes literal: 0!", 1, 1},
      {"0*", "Invalid bytes literal: 0*", 1, 1},
      {"0#xy", "Invalid bytes literal: 0#xy", 1, 1},
      {"0!12", "Invalid bytes literal: 0!12", 1, 1},
      {"0*A", "Invalid bytes literal: 0*A", 1, 1},
      {"0*AQ=", "Invalid bytes literal: 0*AQ=", 1, 1},
      {"0*AQID=", "Invalid bytes literal: 0*AQID=", 1, 1},
      {"0*AQ==AQ", "Invalid bytes literal: 0*AQ==AQ", 1, 1},
  };
  expect_all(pairs, COUNT(pairs));
  expect_errors(failures, COUNT(failures));
}

static void regexes(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"#/ab+/ #/a/i #/a/im #/a/m", "re0:\"ab+\"nil re1:\"a\"nil "
                                    "re3:\"a\"nil re2:\"a\"nil"},
      {"#/path\\/to/ #/a\\\\/", "re0:\"path/to\"nil re0:\"a\\\\\"nil"},
      {"#/\\d #{\\(/", "re0:\"\\d #{\\(\"nil"},
      {"#/(\\d)/<\\1>/ #/a/b c\\/d/im", "re0:\"(\\d)\"\"<\\1>\" "
                                        "re3:\"a\"\"b c/d\""},
      {"(f #/a/)[#/a/i]{^k #/b/}", "(f re0:\"a\"nil) [re1:\"a\"nil] "
                                   "{k re0:\"b\"nil}"},
      {"(f #/a/;g)", "((f re0:\"a\"nil) g)"},
      {"#// #/a//", "re0:\"\"nil re0:\"a\"\"\""},
  };
  static const failure failures[] = {
      {"#/abc", "EOF while reading regex", 1, 1},
      {"#/abc\\/", "EOF while reading regex", 1, 1},
      {"#/a/z", "Invalid regex flag: z", 1, 5},
      {"#/a/iz\n/", "Invalid regex flag: z", 1, 6},
      {"#/a/b/z", "Invalid regex flag: z", 1, 7},
      {"#/a/\xc3\xa9", "Invalid regex flag: \xc3\xa9", 1, 5},
  };
  expect_all(pairs, COUNT(pairs));
  expect_errors(failures, COUNT(failures));
}

/* ---- collections ---- */

static void maps(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"{} {^a 1,^b 2}", "{} {a 1 b 2}"},
      {"{^^on ^!off}", "{on true off nil}"},
      {"{^net^port 80 ^net^host \"h\"}", "{net {port 80 host \"h\"}}"},
      {"{^x^^deep ^y^!deep ^x^k 1}", "{x {deep true k 1} y {deep false}}"},
      {"{^a^b^c 1 ^a^b^d 2 ^a^e 3}", "{a {b {c 1 d 2} e 3}}"},
      {"{^... a ^k 1 ^... (f)}", "{... a k 1 ...1 (f)}"},
      {"{^a\\/b 1 ^c/d 2 ^e\\^f 3}", "{a/b 1 c/d 2 e^f 3}"},
      {"{^a `b ^c %d}", "{a Q:b c U:d}"},
      {"{^nil 1}", "{nil 1}"},
      {"{{}} {{k v}} {{1 {^a 2}}} {{1 2 3}}", "(#HashMap) (#HashMap k v) "
                                              "(#HashMap 1 {a 2}) "
                                              "(#HashMap 1 2 3)"},
      {"{{{{1 2}} 3}}", "(#HashMap (#HashMap 1 2) 3)"},
      {"#[1 a] #{^a 1} #{{1 2}} #(f 1)", "#[1 a] #{a 1} #(#HashMap 1 2) "
                                         "#(f 1)"},
      {"#(a; b)", "#((a) b)"},
      {"[a ^k ^j = 1 ^l...]", "[a ^k ^j = 1 ^l...]"},
      {"[x... [..]... xs ...]", "[x... [..] ... xs ...]"},
  };
  static const failure failures[] = {
      {"{^k}", "Expect value for k", 1, 4},
      {"{^k ^j 1}", "Expect value for k", 1, 5},
      {"{^a^b}", "Expect value for a^b", 1, 6},
      {"{k 1}", "Expect key but found k", 1, 2},
      {"{^a 1 2}", "Expect key but found 2", 1, 7},
      {"{^a 1 (x)}", "Expect key but found (", 1, 7},
      {"{ ^ 1}", "Expect key but found ^", 1, 3},
      {"{^^^a 1}", "Expect key but found ^^^a", 1, 2},
      {"{^^a^b 1}", "Expect key but found ^^a^b", 1, 2},
      {"{^...1 2}", "Expect key but found ^...1", 1, 2},
      {"{^a 1 ^a 2}", "Duplicate key a", 1, 7},
      {"{^a^b 1 ^a^b 2}", "Duplicate key a^b", 1, 9},
      {"{^a {^b 1} ^a^c 2}", "Duplicate key a^c", 1, 12},
      {"{^a^b 1 ^a 2}", "Duplicate key a", 1, 9},
      {"{^^a ^!a}", "Duplicate key a", 1, 6},
      {"(a ^k)", "Expect value for k", 1, 6},
      {"(a ^k; b)", "Expect value for k", 1, 6},
      {"(a ^x 1 ^x 2)", "Duplicate key x", 1, 9},
      {"(a ^x 1 2 ^y 3)", "properties found in wrong place", 1, 11},
      {"(^x 1)", "properties found in wrong place", 1, 2},
      {"[1 2)", "Unmatched delimiter: )", 1, 5},
      {"(1 2]", "Unmatched delimiter: ]", 1, 5},
      {"\n ){", "Unmatched delimiter: )", 2, 2},
      {"{^a 1]", "Unmatched delimiter: ]", 1, 6},
      {"{{1 2} }", "Unmatched delimiter: }", 1, 6},
      {"(`)", "Unmatched delimiter: )", 1, 3},
      {"(1 2", "EOF while reading list", 1, 1},
      {"a\n (b\n[1 2", "EOF while reading list", 3, 1},
      {"{^a 1", "EOF while reading map", 1, 1},
      {"{{1", "EOF while reading hash map", 1, 1},
      {"a `", "EOF while reading quoted form", 1, 3},
      {"#@", "EOF while reading decorator", 1, 1},
      {"#< a #< b >#", "EOF while reading comment", 1, 1},
  };
  expect_all(pairs, COUNT(pairs));
  expect_errors(failures, COUNT(failures));
}

static void genes(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"(f ^a 1 ^^b x y)", "(f {a 1 b true} x y)"},
      {"(f x ^a 1 y)", "(f {a 1} x y)"},
      {"(f ^... opts)", "(f {... opts})"},
      {"(f ^a^b 1 x)", "(f {a {b 1}} x)"},
      {"(a; b c; d)", "(((a) b c) d)"},
      {"(a; b ^x 1)", "((a) {x 1} b)"},
      {"(a ^x 1; b ^x 2)", "((a {x 1}) {x 2} b)"},
      {"((f 1) 2)", "((f 1) 2)"},
      {"`x ``x `(f 1)", "Q:x Q:Q:x Q:(f 1)"},
      {"%x %_x %(f) %_(f) %_ %xs... %%x", "U:x UD:x U:(f) UD:(f) U:_ "
                                          "U:xs... U:U:x"},
      {"(a %_)", "(a U:_)"},
      {"%\"s\" %[x]", "U:\"s\" U:[x]"},
      {"#@d x #@(d 1) (f)", "(d x) ((d 1) (f))"},
      {"(`tag ^id (1 + 2) \"t\")", "(Q:tag {id (1 + 2)} \"t\")"},
  };
  expect_all(pairs, COUNT(pairs));
}

static void symbols(void **state) {
  (void)state;
  static const pair pairs[] = {
      {"a/b a/0/b a/-1 /x /x/y", "P[a|b] P[a|0|b] P[a|-1] P[|x] P[|x|y]"},
      {"/ /= ./ a./b", "/ /= ./ P[a.|b]"},
      {"(./ x 1)(x / y)", "(./ x 1) (x / y)"},
      {"a\\ b a\\/b a\\/b/c \\(", "a b a/b P[a/b|c] ("},
      {"xs/.size m/!/k", "P[xs|.size] P[m|!|k]"},
      {"g/<row>/<col>", "P[g|U:row|U:col]"},
      {"p/<cur/pos>/x", "P[p|U:P[cur|pos]|x]"},
      {"xs/<(i > 1)> h/<\"k\"> h/<#<c>#k >", "P[xs|U:(i > 1)] "
                                             "P[h|U:\"k\"] P[h|U:k]"},
      {"h/<[1 2]> h/<1> h/<`k> h/<#[1]>", "P[h|U:[1 2]] P[h|U:1] "
                                          "P[h|U:Q:k] P[h|U:#[1]]"},
      {"n/[x y:z]", "P[n|] [x y:z]"},
      {"m/.<name> m/.<(f)>/x", "P[m|UM:name] P[m|UM:(f)|x]"},
      {"a/<b/<c>/d>", "P[a|U:P[b|U:c|d]]"},
      {"a/<= a/<", "P[a|<=] P[a|<]"},
      {"(@a/* @* .@cars/0)", "(P[@a|*] @* P[.@cars|0])"},
      {"q? bang! star* a.b a:b $x -> .. && >= <", "q? bang! star* a.b a:b "
                                                  "$x -> .. && >= <"},
      {"xs...: x... ...", "xs...: x... ..."},
      {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac"},
  };
  static const failure failures[] = {
      {"(a/)", "Invalid symbol: empty part after /", 1, 2},
      {"a//b", "Invalid symbol: empty part after /", 1, 1},
      {"a//[b]", "Invalid symbol: empty part after /", 1, 1},
      {"//", "Invalid symbol: empty part after /", 1, 1},
      {"a\\", "EOF while reading symbol", 1, 2},
      {"a/<b", "EOF while reading path", 1, 3},
      {"a/<b c>", "Expected > in path", 1, 6},
      {"a/<b)", "Expected > in path", 1, 5},
      {"a/<b>c", "Expected / after > in path", 1, 6},
      {"a/<`>", "Expected a form before >", 1, 5},
  };
  expect_all(pairs, COUNT(pairs));
  expect_errors(failures, COUNT(failures));
}

/* ---- places ---- */

static void places(void **state) {
  (void)state;
  static const char source[] = "\xc3\xa9 (f\n  [x\xc3\xa9 a/b]; g h)";
  fixture f;
  gn_syntax_error err;
  gn_value v = read_in(&f, source, sizeof source - 1, &err);
  assert_true(v != GN_NONE);
  const gn_gene *outer = gn_gen(gn_arr(v)->items[1]);
  const gn_gene *inner = gn_gen(outer->type);
  assert_int_equal(inner->line, 1);
  assert_int_equal(inner->column, 3);
  assert_int_equal(outer->line, 2);
  assert_int_equal(outer->column, 13);
  const gn_array *a = gn_arr(inner->children[0]);
  assert_int_equal(gn_sym(a->items[0])->line, 2);
  assert_int_equal(gn_sym(a->items[0])->column, 4);
  const gn_csymbol *path = (gn_csymbol *)gn_as_obj(a->items[1]);
  assert_int_equal(path->column, 7);
  assert_int_equal(gn_sym(path->part[1])->column, 9);
  fixture_close(&f);
}

static void first_form(void **state) {
  (void)state;
  fixture f;
  gn_syntax_error err;
  fixture_open(&f, (size_t)1 << 20);
  static const char source[] = " # c\n (a b) )))";
  gn_value v =
      gn_read_first(&f.heap, source, sizeof source - 1, GN_MAX_NESTING, &err);
  assert_true(gn_is_gene(v));
  assert_true(gn_read_first(&f.heap, " # c", 4, GN_MAX_NESTING, &err) ==
              GN_NONE);
  assert_string_equal(err.message, "EOF while reading form");
  assert_true(gn_read_first(&f.heap, NULL, 0, GN_MAX_NESTING, &err) == GN_NONE);
  fixture_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens),        cmocka_unit_test(integers),
      cmocka_unit_test(floats),        cmocka_unit_test(bad_numbers),
      cmocka_unit_test(strings),       cmocka_unit_test(bad_text),
      cmocka_unit_test(interpolation), cmocka_unit_test(dates),
      cmocka_unit_test(bytes),         cmocka_unit_test(regexes),
      cmocka_unit_test(maps),          cmocka_unit_test(genes),
      cmocka_unit_test(symbols),       cmocka_unit_test(places),
      cmocka_unit_test(first_form),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
