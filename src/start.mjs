// Where every start begins. Plain JavaScript of long ago, so that an old Node can read it and say what is wrong.

const major = Number(process.versions.node.split('.')[0])

if (major >= 24) {
  void import('./main.ts')
} else {
  console.error(
    `Parley needs Node 24 or newer; this is ${process.version}. Run it through npm (npm start brings its own Node on Linux) or install Node 24.`,
  )
  process.exitCode = 1
}
