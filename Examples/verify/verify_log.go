// Verifies a published ledger with Go's own checksum-database packages, golang.org/x/mod/sumdb/tlog and note; nothing
// here is Ringfence's.
//
//	verify_log log DIRECTORY KEY                    every tile and every entry leads to the signed checkpoint
//	verify_log entry PROOF ENTRY KEY                a tlog-proof: the bytes in the file ENTRY are in the log
//	verify_log extends OLD DIRECTORY KEY            the log continues OLD, a checkpoint kept from before
//	verify_log consistency OLD REQUEST KEY          the body of a witness's add-checkpoint proves that
//
// DIRECTORY has the layout of C2SP tlog-tiles; KEY is a file with the log's public key.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "verify_log:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "log":
		return verifyLog(args[1], args[2])
	case len(args) == 4 && args[0] == "entry":
		return verifyEntry(args[1], args[2], args[3])
	case len(args) == 4 && args[0] == "extends":
		return verifyExtends(args[1], args[2], args[3])
	case len(args) == 4 && args[0] == "consistency":
		return verifyConsistency(args[1], args[2], args[3])
	}
	return fmt.Errorf("log DIRECTORY KEY, entry PROOF ENTRY KEY, extends OLD DIRECTORY KEY or consistency OLD REQUEST KEY")
}

// A checkpoint is the signed text of Go's tree head but for its first line, which names the log.
func openCheckpoint(signed []byte, keyFile string) (tlog.Tree, error) {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func readCheckpoint(file, keyFile string) (tlog.Tree, error) {
	signed, err := os.ReadFile(file)
	if err != nil {
		return tlog.Tree{}, err
	}
	return openCheckpoint(signed, keyFile)
}

// directory reads tiles for tlog.TileHashReader, which authenticates every one of them against the checkpoint.
type directory struct {
	path string
	kept map[tlog.Tile][]byte
}

func (d directory) Height() int                     { return 8 }
func (d directory) SaveTiles([]tlog.Tile, [][]byte) {}
func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, known := d.kept[tile]
		if !known {
			var err error
			if data, err = d.read(tile); err != nil {
				return nil, err
			}
			if len(d.kept) > 1000 {
				for other := range d.kept {
					delete(d.kept, other)
				}
			}
			d.kept[tile] = data
		}
		all = append(all, data)
	}
	return all, nil
}

// Go's paths begin with the tiles' height, tile/8/, and call bundles of entries data.
func (d directory) read(tile tlog.Tile) ([]byte, error) {
	path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
	path = strings.Replace(path, "tile/data/", "tile/entries/", 1)
	return os.ReadFile(filepath.Join(d.path, path))
}

func verifyLog(path, keyFile string) error {
	tree, err := readCheckpoint(filepath.Join(path, "checkpoint"), keyFile)
	if err != nil {
		return err
	}
	if tree.N > 0 {
		if err := verifyEntries(path, tree); err != nil {
			return err
		}
	}
	fmt.Printf("%d entries under %v: every tile and every entry verified\n", tree.N, tree.Hash)
	return nil
}

func verifyEntries(path string, tree tlog.Tree) error {
	tiles := directory{path, map[tlog.Tile][]byte{}}
	reader := tlog.TileHashReader(tree, tiles)
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the tiles' root is %v", root)
	}
	for first := int64(0); first < tree.N; first += 256 {
		width := tree.N - first
		if width > 256 {
			width = 256
		}
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		bundle, err := tiles.read(tlog.Tile{H: 8, L: -1, N: first / 256, W: int(width)})
		if err != nil {
			return err
		}
		for i, hash := range hashes {
			var entry []byte
			if entry, bundle, err = cut(bundle); err != nil {
				return fmt.Errorf("entry %d: %v", first+int64(i), err)
			}
			if tlog.RecordHash(entry) != hash {
				return fmt.Errorf("entry %d is not the one that was signed", first+int64(i))
			}
		}
		if len(bundle) > 0 {
			return fmt.Errorf("the bundle of entry %d has %d bytes too many", first, len(bundle))
		}
	}
	return nil
}

func cut(bundle []byte) (entry, rest []byte, err error) {
	if len(bundle) < 2 {
		return nil, nil, fmt.Errorf("the bundle is cut short")
	}
	length := int(bundle[0])<<8 | int(bundle[1])
	if len(bundle) < 2+length {
		return nil, nil, fmt.Errorf("the bundle is cut short")
	}
	return bundle[2 : 2+length], bundle[2+length:], nil
}

func verifyEntry(proofFile, entryFile, keyFile string) error {
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return err
	}
	proof, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	lines, signed, err := head(proof)
	if err != nil {
		return err
	}
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return fmt.Errorf("%s is not a tlog-proof", proofFile)
	}
	index, err := strconv.ParseInt(lines[1][len("index "):], 10, 64)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines[2:])
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(signed, keyFile)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("entry %d of %d under %v\n", index, tree.N, tree.Hash)
	return nil
}

func verifyExtends(oldFile, path, keyFile string) error {
	old, err := readCheckpoint(oldFile, keyFile)
	if err != nil {
		return err
	}
	tree, err := readCheckpoint(filepath.Join(path, "checkpoint"), keyFile)
	if err != nil {
		return err
	}
	if old.N > tree.N {
		return fmt.Errorf("the log has %d entries, it had %d", tree.N, old.N)
	}
	var proof tlog.TreeProof
	if old.N > 0 {
		reader := tlog.TileHashReader(tree, directory{path, map[tlog.Tile][]byte{}})
		if proof, err = tlog.ProveTree(tree.N, old.N, reader); err != nil {
			return err
		}
	}
	return checkExtension(proof, old, tree)
}

func verifyConsistency(oldFile, requestFile, keyFile string) error {
	old, err := readCheckpoint(oldFile, keyFile)
	if err != nil {
		return err
	}
	request, err := os.ReadFile(requestFile)
	if err != nil {
		return err
	}
	lines, signed, err := head(request)
	if err != nil {
		return err
	}
	if lines[0] != fmt.Sprintf("old %d", old.N) {
		return fmt.Errorf("the request is not from size %d", old.N)
	}
	proof, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(signed, keyFile)
	if err != nil {
		return err
	}
	return checkExtension(proof, old, tree)
}

func checkExtension(proof tlog.TreeProof, old, tree tlog.Tree) error {
	// Go has no proofs from an empty tree: every tree continues it.
	if old.N > 0 || len(proof) > 0 {
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return err
		}
	}
	fmt.Printf("%d entries under %v continue the %d under %v\n", tree.N, tree.Hash, old.N, old.Hash)
	return nil
}

// head parts the lines before the first empty line from the signed checkpoint after it.
func head(file []byte) (lines []string, signed []byte, err error) {
	end := bytes.Index(file, []byte("\n\n"))
	if end < 0 {
		return nil, nil, fmt.Errorf("no empty line before the checkpoint")
	}
	return strings.Split(string(file[:end]), "\n"), file[end+2:], nil
}

func parseHashes(lines []string) (hashes []tlog.Hash, err error) {
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}
