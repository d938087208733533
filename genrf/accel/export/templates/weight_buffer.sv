// Weights on their way from the stream to the array. Resident: written once, from address 0 on. Otherwise two banks take
// turns: one is filled up to TLAST, a granule, while the array reads the other. Narrow weights are widened on the way out.
module weight_buffer #(
    parameter LANES = 4,
    parameter WIDTH = 8,     // bits of a weight in the array
    parameter NARROWEST = 2, // bits of the narrowest weight that is ever packed
    parameter DEPTH = 64,    // words, of both banks together
    parameter ABITS = 6,
    parameter RESIDENT = 1
) (
    input  wire                    clk,
    input  wire                    reset,
    input  wire                    valid,
    output wire                    ready,
    input  wire [LANES*WIDTH-1:0]  data,
    input  wire                    last,
    output reg  [1:0]              full,
    input  wire                    free,
    input  wire                    bank,
    input  wire [ABITS-1:0]        address,
    input  wire [1:0]              slice,
    input  wire [1:0]              packing,
    output wire [LANES*WIDTH-1:0]  word
);
    localparam BANK = DEPTH / 2;
    reg filling;
    reg [ABITS:0] filled;
    wire [ABITS-1:0] bank_base = BANK[ABITS-1:0];
    assign ready = (RESIDENT != 0) ? filled != DEPTH[ABITS:0] : !full[filling];
    wire write = valid && ready;

    always @(posedge clk)
        if (reset) begin
            filling <= 1'b0;
            filled <= {(ABITS+1){1'b0}};
            full <= 2'b00;
        end else begin
            if (write) filled <= (RESIDENT == 0 && last) ? {(ABITS+1){1'b0}} : filled + 1'b1;
            if (write && last && RESIDENT == 0) begin
                filling <= ~filling;
                full[filling] <= 1'b1;
            end
            if (free && RESIDENT == 0) full[bank] <= 1'b0;
        end

    wire [LANES*WIDTH-1:0] packed_word;
    memory #(.WIDTH(LANES*WIDTH), .DEPTH(DEPTH), .ABITS(ABITS)) storage (
        .clk(clk), .write(write),
        .write_address(filled[ABITS-1:0] + ((RESIDENT == 0 && filling) ? bank_base : {ABITS{1'b0}})),
        .write_data(data),
        .read_address(address + ((RESIDENT == 0 && bank) ? bank_base : {ABITS{1'b0}})),
        .read_data(packed_word)
    );

    reg [1:0] slice_held;
    always @(posedge clk) slice_held <= slice;

    genvar lane;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
            wire [WIDTH-1:0] whole = packed_word[lane*WIDTH +: WIDTH];
            if (WIDTH >= 2*NARROWEST && WIDTH >= 4*NARROWEST) begin : quarters
                wire [WIDTH/2-1:0] half =
                    slice_held[0] ? packed_word[(LANES+lane)*(WIDTH/2) +: WIDTH/2] : packed_word[lane*(WIDTH/2) +: WIDTH/2];
                wire [WIDTH/4-1:0] quarter =
                    slice_held[1] ? (slice_held[0] ? packed_word[(3*LANES+lane)*(WIDTH/4) +: WIDTH/4]
                                                   : packed_word[(2*LANES+lane)*(WIDTH/4) +: WIDTH/4])
                                  : (slice_held[0] ? packed_word[(LANES+lane)*(WIDTH/4) +: WIDTH/4]
                                                   : packed_word[lane*(WIDTH/4) +: WIDTH/4]);
                assign word[lane*WIDTH +: WIDTH] =
                    packing == 2'd0 ? whole
                    : packing == 2'd1 ? {{(WIDTH-WIDTH/2){half[WIDTH/2-1]}}, half}
                    : {{(WIDTH-WIDTH/4){quarter[WIDTH/4-1]}}, quarter};
            end else if (WIDTH >= 2*NARROWEST) begin : halves
                wire [WIDTH/2-1:0] half =
                    slice_held[0] ? packed_word[(LANES+lane)*(WIDTH/2) +: WIDTH/2] : packed_word[lane*(WIDTH/2) +: WIDTH/2];
                assign word[lane*WIDTH +: WIDTH] =
                    packing == 2'd0 ? whole : {{(WIDTH-WIDTH/2){half[WIDTH/2-1]}}, half};
            end else begin : only
                assign word[lane*WIDTH +: WIDTH] = whole;
            end
        end
    endgenerate
endmodule
