/*
 * opcodes.h - the one table of instructions: OP(name, format, meaning). The
 * enum, the dispatch labels, the disassembler and the reference come from it.
 *
 * An instruction is 8 bytes: op, a, and either b and c (16 bits each) or the
 * signed 32-bit d. R[x] is a register of the running frame, K[x] a constant
 * of the function, U[x] a captured variable, G[x] a slot of the module, S[x]
 * a site (a name with an inline cache). Jumps are relative to the next
 * instruction. An instruction marked +X is followed by one EXT instruction
 * whose d it reads; jumps over it count it.
 *
 * Formats, for the disassembler: each letter an operand in order a, b, c|d:
 * r register, k constant, i immediate, u capture, g slot, s site, p function,
 * n count, j jump, e env description, t pattern, y type check, - unused.
 */
#ifndef GN_COMPILE_OPCODES_H
#define GN_COMPILE_OPCODES_H

/* clang-format off */
#define GN_OPCODES(OP) \
  OP(EXT,      "--i", "operand of the instruction before") \
  OP(MOVE,     "rr",  "R[a] = R[b]") \
  OP(LOADK,    "r k", "R[a] = K[d]") \
  OP(LOADI,    "r i", "R[a] = the Int d") \
  OP(LOADC,    "r i", "R[a] = the constant whose bits are d (nil, true, ...)") \
  OP(QUOTE,    "r k", "R[a] = a fresh mutable deep copy of K[d]") \
  OP(GETG,     "r g", "R[a] = G[d]; unset: the builtin of that name, else NameException") \
  OP(DEFG,     "r g", "G[d] = R[a] (declaration)") \
  OP(SETG,     "r g", "G[d] = R[a] (assignment); unset: NameException, or RuntimeException for a builtin") \
  OP(GETN,     "r k", "R[a] = the module's dynamic variable or the builtin named K[d]; none: NameException") \
  OP(DEFN,     "r k", "declares the module's dynamic variable named K[d]") \
  OP(SETN,     "r k", "assigns it; none: as SETG") \
  OP(GETU,     "ru",  "R[a] = U[b] (captured by value)") \
  OP(GETUC,    "ru",  "R[a] = the variable in cell U[b]") \
  OP(SETUC,    "ru",  "the variable in cell U[b] = R[a]") \
  OP(CELL,     "r",   "R[a] = a new cell holding R[a]") \
  OP(NEWCELL,  "r",   "R[a] = a new cell holding unset") \
  OP(GETC,     "rr",  "R[a] = the variable in cell R[b]") \
  OP(SETC,     "rr",  "the variable in cell R[a] = R[b]") \
  OP(CLOSURE,  "r p", "R[a] = closure of function P[d] with its captures") \
  OP(ENV,      "r e", "R[a] = what an eval or macro call here can see: env description d") \
  \
  OP(ADD,      "rrr", "R[a] = R[b] + R[c]") \
  OP(SUB,      "rrr", "R[a] = R[b] - R[c]") \
  OP(MUL,      "rrr", "R[a] = R[b] * R[c]") \
  OP(DIV,      "rrr", "R[a] = R[b] / R[c]") \
  OP(MOD,      "rrr", "R[a] = R[b] % R[c]") \
  OP(POW,      "rrr", "R[a] = R[b] ** R[c]") \
  OP(ADDI,     "rri", "R[a] = R[b] + c (signed 16 bits)") \
  OP(SUBI,     "rri", "R[a] = R[b] - c") \
  OP(MULI,     "rri", "R[a] = R[b] * c") \
  OP(MODI,     "rri", "R[a] = R[b] % c, c > 0") \
  OP(SHL,      "rrr", "R[a] = R[b] << R[c]") \
  OP(SHR,      "rrr", "R[a] = R[b] >> R[c]") \
  OP(XOR,      "rrr", "R[a] = R[b] &|& R[c]") \
  OP(CONCAT,   "rrr", "R[a] = R[b] ++ R[c]") \
  OP(AND,      "rrr", "R[a] = R[b] && R[c], R[b] being truthy: bitwise on two Ints or Bytes, else R[c]") \
  OP(OR,       "rrr", "R[a] = R[b] || R[c], both evaluated") \
  OP(NEG,      "rr",  "R[a] = - R[b]") \
  OP(NOT,      "rr",  "R[a] = (not R[b])") \
  OP(EQ,       "rrr", "R[a] = R[b] == R[c]") \
  OP(NE,       "rrr", "R[a] = R[b] != R[c]") \
  OP(LT,       "rrr", "R[a] = R[b] < R[c]") \
  OP(LE,       "rrr", "R[a] = R[b] <= R[c]") \
  OP(GT,       "rrr", "R[a] = R[b] > R[c]") \
  OP(GE,       "rrr", "R[a] = R[b] >= R[c]") \
  OP(IS,       "rrr", "R[a] = R[b] is R[c]") \
  \
  OP(JMP,      "--j", "jump, forward only") \
  OP(LOOP,     "--j", "jump backwards: a safepoint that pays for the loop") \
  OP(JT,       "r j", "jump if R[a] is truthy") \
  OP(JF,       "r j", "jump if R[a] is falsy") \
  OP(JOR,      "r j", "jump if R[a] decides an ||: truthy, neither Int nor Bytes") \
  OP(JSET,     "r j", "jump if R[a] is not unset (an argument was given)") \
  OP(JMACRO,   "r j", "jump if R[a] is a macro") \
  OP(JLT,      "rrj", "jump c if R[a] < R[b]") \
  OP(JNLT,     "rrj", "jump c if not R[a] < R[b]") \
  OP(JLE,      "rrj", "jump c if R[a] <= R[b]") \
  OP(JNLE,     "rrj", "jump c if not R[a] <= R[b]") \
  OP(JGT,      "rrj", "jump c if R[a] > R[b]") \
  OP(JNGT,     "rrj", "jump c if not R[a] > R[b]") \
  OP(JGE,      "rrj", "jump c if R[a] >= R[b]") \
  OP(JNGE,     "rrj", "jump c if not R[a] >= R[b]") \
  OP(JEQ,      "rrj", "jump c if R[a] == R[b]") \
  OP(JNE,      "rrj", "jump c if R[a] != R[b]") \
  OP(JLTI,     "rij", "jump c if R[a] < b (signed 16 bits)") \
  OP(JNLTI,    "rij", "jump c if not R[a] < b") \
  OP(JLEI,     "rij", "jump c if R[a] <= b") \
  OP(JNLEI,    "rij", "jump c if not R[a] <= b") \
  OP(JGTI,     "rij", "jump c if R[a] > b") \
  OP(JNGTI,    "rij", "jump c if not R[a] > b") \
  OP(JGEI,     "rij", "jump c if R[a] >= b") \
  OP(JNGEI,    "rij", "jump c if not R[a] >= b") \
  OP(JEQI,     "rij", "jump c if R[a] == b") \
  OP(JNEI,     "rij", "jump c if R[a] != b") \
  \
  OP(CALL,     "rn",  "R[a] = R[a](R[a+1] .. R[a+b])") \
  OP(CALLK,    "rnk", "same; after the b positional values stand those of the keywords in K[c] (Array of symbols)") \
  OP(CALLX,    "r",   "R[a] = R[a](elements of Array R[a+1], keywords of Map or nil R[a+2])") \
  OP(CALLM,    "rnk", "macro call: as CALLK (c 0xffff: no keywords), then the env in the next register") \
  OP(TCALL,    "rn",  "as CALL, in tail position: replaces the frame") \
  OP(TCALLK,   "rnk", "as CALLK, in tail position") \
  OP(TCALLX,   "r",   "as CALLX, in tail position") \
  OP(TCALLM,   "rnk", "as CALLM, in tail position") \
  OP(SEND,     "rns", "R[a] = method S[c] of R[a+1] with b arguments from R[a+2]") \
  OP(SENDK,    "rns", "same, then the values of the keywords in +X K[d]") \
  OP(SENDX,    "r-s", "same; Array of arguments R[a+2], Map or nil R[a+3]") \
  OP(TSEND,    "rns", "as SEND, in tail position") \
  OP(TSENDK,   "rns", "as SENDK, in tail position") \
  OP(TSENDX,   "r-s", "as SENDX, in tail position") \
  OP(SENDD,    "rn",  "as SEND; the name (Symbol or String) is in R[a]") \
  OP(SENDDX,   "r",   "as SENDX; the name is in R[a]") \
  OP(SUPER,    "rns", "as SEND, looked up above the class that defined this method; name `ctor`: the constructor") \
  OP(SUPERX,   "r-s", "as SENDX, likewise") \
  OP(RET,      "r",   "return R[a]") \
  OP(RETC,     "--i", "return the constant d") \
  \
  OP(ARRAY,    "rrn", "R[a] = Array of R[b] .. R[b+c-1]") \
  OP(APUSH,    "rr",  "append R[b] to the Array R[a]") \
  OP(ASPREAD,  "rr",  "append the elements of the Array or Range R[b]; else TypeException") \
  OP(MAP,      "r i", "R[a] = empty Map with room for d") \
  OP(MSET,     "rrk", "Map R[a]: K[c] = R[b]") \
  OP(MSPLICE,  "rr",  "Map R[a]: entries of the Map R[b]; else TypeException") \
  OP(MMERGE,   "rr",  "R[a] = R[a] with the entries of Map R[b] merged at every depth (^a^b 1)") \
  OP(HASHMAP,  "rrn", "R[a] = HashMap of key, value in turn R[b] .. R[b+c-1]") \
  OP(HASHMAPX, "rr",  "R[a] = HashMap of the elements of Array R[b]") \
  OP(GENE,     "rr",  "R[a] = Gene with type R[b]") \
  OP(GADD,     "rr",  "add the child R[b] to Gene R[a]") \
  OP(GSPREAD,  "rr",  "add the elements of the Array or Range R[b] as children") \
  OP(GPROP,    "rrk", "property K[c] of Gene R[a] = R[b]") \
  OP(GPSPLICE, "rr",  "properties of Gene R[a]: the entries of Map R[b]") \
  OP(SEAL,     "r",   "make the fresh collection R[a] a sealed one") \
  OP(RANGE,    "rrr", "R[a] = (R[b] .. R[c])") \
  OP(STR,      "rrn", "R[a] = string forms of R[b] .. R[b+c-1] joined (nil as \"nil\")") \
  OP(RENDER,   "rr",  "R[a] = the template R[b] with each unquote replaced; +X env in R[d]") \
  OP(PARSE1,   "rr",  "R[a] = first form of String R[b]") \
  \
  OP(GETP,     "rrs", "R[a] = member S[c] of R[b]") \
  OP(GETPV,    "rrs", "same; if R[b] has no such member and is an Array or Map, by the value of the variable in +X R[d]") \
  OP(GETI,     "rri", "R[a] = member c (signed 16 bits) of R[b]") \
  OP(GETX,     "rrr", "R[a] = member R[c] of R[b]") \
  OP(GETD,     "rrr", "R[a] = R[a] if R[b] is void (default of ./), else R[b]; c unused") \
  OP(SETP,     "rrs", "member S[c] of R[a] = R[b]") \
  OP(SETPV,    "rrs", "same; on an Array by the variable in +X R[d]") \
  OP(SETI,     "rri", "member c of R[a] = R[b]") \
  OP(SETX,     "rrr", "member R[b] of R[a] = R[c]") \
  OP(NEEDSEL,  "r",   "throw unless R[a] is a value: the `!` segment") \
  \
  OP(ITER,     "rrn", "iteration over R[b]: state in R[a], R[a+1], R[a+2]; c variables (1 or 2), those in R[a+3], R[a+4]") \
  OP(NEXT,     "r j", "advance: at the end jump d; else set the variables and skip the next instruction (NEXTC), which is run when Gene code had to be called") \
  OP(NEXTC,    "r j", "R[a+3] is the item or unset: at the end jump d; two variables: unpack the pair") \
  OP(REPEAT,   "r",   "throw unless R[a] is an Int: the count of a repeat") \
  OP(RNEXT,    "r j", "if R[a] < 1 jump d, else R[a] -= 1") \
  OP(DESTR,    "rrt", "match R[b] against pattern c: values to R[a], R[a+1], ...; unset where a default is to be evaluated") \
  \
  OP(THROW,    "r",   "throw R[a]") \
  OP(RETHROW,  "r",   "throw the exception R[a] as it is, trace kept") \
  OP(GETEX,    "r",   "R[a] = $ex") \
  OP(SETEX,    "r",   "$ex = R[a]") \
  OP(CATCHES,  "rrr", "R[a] = exception R[b] is of the class R[c]; no class: TypeException") \
  OP(CHECK,    "r y", "check and convert R[a] by type check d") \
  OP(CHECKV,   "r y", "check R[a] by type check d, without conversion") \
  \
  OP(CLASS,    "r k", "R[a] = new class named K[d], parent R[a] (unset: Object)") \
  OP(METHOD,   "rrk", "class R[a]: method K[c] = closure R[b]; K[c] `ctor`: the constructor") \
  OP(MEMBER,   "rrk", "class, namespace or module R[a]: member K[c] = R[b]") \
  OP(FIELD,    "rrk", "class R[a]: declared field K[c] with default function R[b] or nil; +X type check d or -1") \
  OP(NAMESPACE, "r k", "R[a] = the namespace R[a] if it is one, else a new one named K[d]") \
  OP(MODNS,    "r",   "R[a] = the module's namespace") \
  \
  OP(START,    "-",   "async function or generator: the arguments are bound; the frame moves to a fiber of its own") \
  OP(ASYNC,    "r",   "start the closure R[a] in a fiber; R[a] = its Future when it ends or waits") \
  OP(AWAIT,    "rrn", "R[a] = values of the futures R[b] .. R[b+c-1]; one: its value, several: an Array") \
  OP(AWAITT,   "rrn", "same, with the timeout in R[b+c]") \
  OP(AWAITALL, "r",   "wait for everything started; R[a] = nil") \
  OP(YIELD,    "rr",  "generator: hand out R[b]; R[a] = what is sent in") \
  OP(EVAL,     "rrn", "R[a] = value of the forms R[b] .. R[b+c-1] evaluated in the env R[b+c]") \
  OP(CALLERENV, "r",  "R[a] = env of the macro's caller; none: RuntimeException") \
  OP(FAIL,     "-ik", "throw: b the number of an enum gn_exc, K[c] the message; a unused")
/* clang-format on */

enum gn_opcode {
#define OP(name, format, doc) GN_OP_##name,
  GN_OPCODES(OP)
#undef OP
      GN_OP_COUNT
};

#endif
