// Judges an exported audit log, or a proof, with golang.org/x/mod/sumdb alone: it shares no line with Tocsin.
//
//	judge log DIRECTORY VKEY [OLDER-CHECKPOINT]...
//	judge proof FILE VKEY
//
// Exit code 1 and a reason if it is not good.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type head struct {
	origin string
	size   int64
	root   tlog.Hash
}

func fail(format string, values ...any) {
	fmt.Printf("not good: "+format+"\n", values...)
	os.Exit(1)
}

// check ends the program if there is an error.
func check(what string, err error) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

// open reads a checkpoint that one of the keys must have signed.
func open(text []byte, keys ...string) head {
	var verifiers []note.Verifier
	for _, key := range keys {
		verifier, err := note.NewVerifier(key)
		check("key", err)
		verifiers = append(verifiers, verifier)
	}
	signed, err := note.Open(text, note.VerifierList(verifiers...))
	check("checkpoint", err)
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 4 {
		fail("the checkpoint has %d lines", len(lines))
	}
	if signed.Sigs[0].Name != lines[0] {
		fail("the checkpoint of %s is signed by %s", lines[0], signed.Sigs[0].Name)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check("size", err)
	root, err := tlog.ParseHash(lines[2])
	check("root", err)
	return head{lines[0], size, root}
}

// files reads a log's tiles; tlog asks for them by its own names.
type files struct{ directory string }

func (files) Height() int                     { return 8 }
func (files) SaveTiles([]tlog.Tile, [][]byte) {}
func (f files) read(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.directory, path))
}

func name(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := fmt.Sprintf("tile/%d/%s", tile.L, name(tile.N))
		if tile.W < 256 {
			path += fmt.Sprintf(".p/%d", tile.W)
		}
		data, err := f.read(path)
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path, len(data))
		}
		all = append(all, data)
	}
	return all, nil
}

// entries reads all entries of a log.
func (f files) entries(size int64) [][]byte {
	var all [][]byte
	for tile := int64(0); tile*256 < size; tile++ {
		path := "tile/entries/" + name(tile)
		if width := size - tile*256; width < 256 {
			path += fmt.Sprintf(".p/%d", width)
		}
		data, err := f.read(path)
		check("entries", err)
		for len(data) > 0 {
			if len(data) < 2 || len(data) < 2+int(data[0])<<8+int(data[1]) {
				fail("%s ends within an entry", path)
			}
			end := 2 + int(data[0])<<8 + int(data[1])
			all = append(all, data[2:end])
			data = data[end:]
		}
	}
	return all
}

func judgeLog(directory, key string, older []string) {
	log := files{directory}
	text, err := log.read("checkpoint")
	check("checkpoint", err)
	top := open(text, key)
	entries := log.entries(top.size)
	if int64(len(entries)) != top.size {
		fail("%d entries of %d", len(entries), top.size)
	}
	// The tree from the entries alone.
	var stored []tlog.Hash
	memory := tlog.HashReaderFunc(func(places []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, place := range places {
			hashes = append(hashes, stored[place])
		}
		return hashes, nil
	})
	for n, entry := range entries {
		if !json.Valid(entry) {
			fail("entry %d is no JSON", n)
		}
		hashes, err := tlog.StoredHashes(int64(n), entry, memory)
		check("hashes", err)
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(top.size, memory)
	check("tree", err)
	if root != top.root {
		fail("the entries do not lead to the root")
	}
	// The tree from the tiles; the reader compares each with the root, and every hash of an entry is asked for.
	tiles := tlog.TileHashReader(tlog.Tree{N: top.size, Hash: top.root}, log)
	for n := range entries {
		place := tlog.StoredHashIndex(0, int64(n))
		hashes, err := tiles.ReadHashes([]int64{place})
		check("tiles", err)
		if hashes[0] != stored[place] {
			fail("the tile's hash of entry %d", n)
		}
		if n%97 == 0 || int64(n) == top.size-1 {
			proof, err := tlog.ProveRecord(top.size, int64(n), tiles)
			check("proof", err)
			check("proof", tlog.CheckRecord(proof, top.size, top.root, int64(n), tlog.RecordHash(entries[n])))
		}
	}
	for _, file := range older {
		text, err := os.ReadFile(file)
		check("older", err)
		old := open(text, key)
		if old.origin != top.origin {
			fail("the older checkpoint is of %s", old.origin)
		}
		if old.size > top.size {
			fail("rolled back from %d to %d", old.size, top.size)
		}
		proof, err := tlog.ProveTree(top.size, old.size, tiles)
		check("consistency", err)
		check("consistency", tlog.CheckTree(proof, top.size, top.root, old.size, old.root))
	}
	fmt.Printf("good: %d entries of %s\n", top.size, top.origin)
}

func judgeProof(file, key string) {
	text, err := os.ReadFile(file)
	check("file", err)
	parts := bytes.SplitN(text, []byte("\n\n"), 2)
	lines := strings.Split(string(parts[0]), "\n")
	if len(parts) != 2 || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("no proof")
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	check("extra", err)
	var shown struct{ Entry []byte }
	check("extra", json.Unmarshal(extra, &shown))
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	check("index", err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		check("hash", err)
		proof = append(proof, hash)
	}
	top := open(parts[1], key)
	check("proof", tlog.CheckRecord(proof, top.size, top.root, index, tlog.RecordHash(shown.Entry)))
	fmt.Printf("good: %s\n", shown.Entry)
}

func main() {
	if len(os.Args) >= 4 && os.Args[1] == "log" {
		judgeLog(os.Args[2], os.Args[3], os.Args[4:])
	} else if len(os.Args) == 4 && os.Args[1] == "proof" {
		judgeProof(os.Args[2], os.Args[3])
	} else {
		fail("usage: judge log DIRECTORY VKEY [OLDER]... | judge proof FILE VKEY")
	}
}
