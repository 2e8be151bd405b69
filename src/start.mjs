// Where every start begins. Plain JavaScript of long ago, so that an old Node can read it and say what is wrong.

const [major, minor] = process.versions.node.split('.').map(Number)

if (major > 24 || (major === 24 && minor >= 7)) {
  void import('./main.ts')
} else {
  console.error(
    `Parley needs Node 24.7 or newer; this is ${process.version}. Run it through npm (npm start brings its own Node on Linux) or install it.`,
  )
  process.exitCode = 1
}
